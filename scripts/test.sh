#!/usr/bin/env bash
# Run all tests: on SQLite, on PostgreSQL, and in a real browser. Each is a separate pytest run: the database is chosen
# before Django starts, and Playwright's event loop can't share a process with the async tests'.
set -uo pipefail
cd "$(dirname "$0")/.."
status=0

round() {
  printf '\n=== %s\n' "$1"
  shift
  "$@" || status=$?
}

round "SQLite" .venv/bin/pytest -n 3 --dist worksteal --ignore tests/browser
round "PostgreSQL" env TEST_DATABASE=postgresql .venv/bin/pytest -n 3 --dist worksteal --ignore tests/browser
round "Browser" .venv/bin/pytest -n 3 --dist worksteal tests/browser
exit "$status"
