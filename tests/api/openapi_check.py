#!/usr/bin/env python3
"""The OpenAPI document of a running server is valid. Needs no database: what is described does not depend on the source."""

import argparse
import shutil
import sys
import tempfile

from served import HINT, TOKEN, millrace

from blackbox.http_client import bearer, request
from blackbox.waiting import wait_until

try:
    from openapi_spec_validator import OpenAPIV31SpecValidator
except ImportError:
    sys.exit(f"openapi-spec-validator is missing: {HINT}")

NO_SOURCE = {"host": "127.0.0.1", "port": 1, "user": "nobody", "password": "none", "database": "none", "server_id": 1, "tls": "off"}


def problems_of(document):
    found = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in OpenAPIV31SpecValidator(document).iter_errors()]
    keys = {"openapi", "info", "servers", "x-discovery-aliases", "x-runtime-profile", "paths", "components", "security"}
    found += [f"top level has {key}" for key in sorted(set(document) ^ keys)]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millrace", required=True)
    options = parser.parse_args()
    directory = tempfile.mkdtemp(prefix="mrx-")
    server = millrace(options.millrace, directory, NO_SOURCE)
    try:
        server.start()
        wait_until(server.listening, "the port", 60.0)
        answer = request(server.port, "GET", "/agents/v1/openapi.json", bearer(TOKEN))
        problems = problems_of(answer.body) if answer.status == 200 else [f"status {answer.status}: {answer.text[:300]}"]
    finally:
        server.kill()
        shutil.rmtree(directory, ignore_errors=True)
    for problem in problems[:20]:
        print(f"FAILED {problem}")
    print(f"{len(answer.body['paths']) if not problems else 0} paths, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
