"""The database servers that the black-box tools can start."""

from blackbox.kafka_site import KafkaSite
from blackbox.mariadb_server import MariadbServer
from blackbox.postgres_server import PostgresServer

KINDS = {"mariadb": MariadbServer, "postgres": PostgresServer, "kafka": KafkaSite}


def open_database(kind, directory, **options):
    """A server of this kind, started; its files live below `directory`."""
    return KINDS[kind](directory, **options)
