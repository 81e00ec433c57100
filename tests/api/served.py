"""A Millrace that serves everything it can, for asking it about itself."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
sys.dont_write_bytecode = True

from blackbox.millrace_process import MillraceProcess

TOKEN = "tok-api-0123456789"
HINT = "install the test packages: ./dev install (or pip install -r tests/api/requirements.txt), and run this with that Python"


def settings(source):
    """Every feature on, one credential that may do everything."""
    return {
        "source": {"kind": "mariadb", "mariadb": source},
        "mapping": {"name": "craft", "site": "primary", "base_url": "http://sample.test/"},
        "security": {"require_token": True, "rate_limit_per_minute": 100_000_000},
        "features": {"users_api": True, "addresses_api": True, "governed_writes": True},
        "credentials": [{"id": "api", "label": "api", "token": TOKEN, "scopes": ["*"]}],
        "log": {"level": "warn"},
    }


def millrace(program, directory, source):
    return MillraceProcess(os.path.abspath(program), directory, settings(source), TOKEN)
