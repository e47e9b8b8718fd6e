#!/usr/bin/env bash
# Make .venv where it is missing and install a requirements file: with uv (seconds), else with plain pip.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$(command -v python3.11 || command -v python3 || true)
[ -n "$python" ] || { echo "Backchat needs Python 3.11 or newer, and there is no python3 here." >&2; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || { echo "Backchat needs Python 3.11 or newer; $python is $("$python" -V)." >&2; exit 1; }

if [ ! -x .venv/bin/pip ]; then
  echo "Making .venv …"
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then # Debian ships these apart from Python
    [ "$(id -u)" = 0 ] || { echo "Python's venv is missing: sudo apt-get install python3-venv" >&2; exit 1; }
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
  fi
  "$python" -m venv .venv
fi

echo "Installing $1 …"
.venv/bin/pip install --quiet --disable-pip-version-check "uv==0.13.8" 2>/dev/null || true
if ! { [ -x .venv/bin/uv ] && .venv/bin/uv pip install --quiet --python .venv/bin/python -r "$1"; }; then
  echo "uv did not do it; going on with pip, which takes longer."
  .venv/bin/pip install --quiet --disable-pip-version-check -r "$1"
fi
