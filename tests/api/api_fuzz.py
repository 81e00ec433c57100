#!/usr/bin/env python3
"""Requests drawn from /openapi.json, and every answer held against it: schemathesis against a server with a sample site."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile

from served import HINT, TOKEN, millrace

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "crash"))

from blackbox.mariadb_server import MariadbServer
from workload import Workload

try:
    import schemathesis
except ImportError:
    sys.exit(f"schemathesis is missing: {HINT}")

# positive_data_acceptance is left out: a well-formed cursor, id or sequence of parameters may still be unknown, expired or contradictory.
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,unsupported_method,ignored_auth")


def run_schemathesis(port, seconds, seed):
    program = os.path.join(os.path.dirname(sys.executable), "schemathesis")
    command = [program, "run", f"http://127.0.0.1:{port}/agents/v1/openapi.json", "--header", f"Authorization: Bearer {TOKEN}", "--checks", CHECKS,
               "--max-time", str(seconds), "--seed", str(seed), "--continue-on-failure", "--workers", "1", "--phases", "coverage,fuzzing", "--warnings", "off", "--no-color"]
    return subprocess.run(command, cwd=tempfile.gettempdir(), check=False).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millrace", required=True)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"schemathesis {schemathesis.__version__}, seed {options.seed}", flush=True)
    directory = tempfile.mkdtemp(prefix="mrx-")
    database = MariadbServer(os.path.join(directory, "m"))
    workload = Workload(database, options.seed)
    server = None
    try:
        workload.install()
        server = millrace(options.millrace, os.path.join(directory, "a"), database.source_settings("sample", 4711))
        server.start()
        server.wait_until_serving()
        status = run_schemathesis(server.port, options.seconds, options.seed)
        server.check_alive()
    finally:
        workload.close()
        if server:
            server.kill()
        database.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
