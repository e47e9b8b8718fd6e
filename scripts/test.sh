#!/usr/bin/env bash
# Run all tests: on SQLite, on PostgreSQL, and in a real browser. Each is a separate pytest run: the database is chosen
# before Django starts, and Playwright's event loop can't share a process with the async tests'.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0

# The tests start hundreds of Python processes. Each would compile every module again where bytecode isn't written
# (PYTHONDONTWRITEBYTECODE, a read-only .venv): 1.7 s instead of 0.8 s of processor time per server.
unset PYTHONDONTWRITEBYTECODE
PYTHONPYCACHEPREFIX=$(mktemp -d)
export PYTHONPYCACHEPREFIX
trap 'rm -rf "$PYTHONPYCACHEPREFIX"' EXIT

round() {
  printf '\n=== %s\n' "$1"
  shift
  "$@" || status=$?
}

round "SQLite" .venv/bin/pytest -n 3 --dist worksteal --ignore tests/browser
round "PostgreSQL" env TEST_DATABASE=postgresql .venv/bin/pytest -n 3 --dist worksteal --ignore tests/browser \
  -m "not once"
round "Browser" .venv/bin/pytest -n 3 --dist worksteal tests/browser
exit "$status"
