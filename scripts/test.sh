#!/usr/bin/env bash
# Run every test: on SQLite, on PostgreSQL, in a real browser. Each is a pytest of its own (a database is chosen
# before Django starts; the browser's event loop and the tests' own do not share a process).
set -uo pipefail
cd "$(dirname "$0")/.."
status=0

round() {
  printf '\n=== %s\n' "$1"
  shift
  "$@" || status=$?
}

round "SQLite" .venv/bin/pytest -n 2 --ignore tests/browser
round "PostgreSQL" env TEST_DATABASE=postgresql .venv/bin/pytest -n 2 --ignore tests/browser
round "Browser" .venv/bin/pytest -n 2 tests/browser
exit "$status"
