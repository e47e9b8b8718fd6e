#!/usr/bin/env bash
# Create .venv if needed and install a requirements file, with uv (fast) or else with pip.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$(command -v python3.11 || command -v python3 || true)
[ -n "$python" ] || { echo "Backchat needs Python 3.11 or newer. No python3 found." >&2; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
  || { echo "Backchat needs Python 3.11 or newer. $python is $("$python" -V)." >&2; exit 1; }

if [ ! -x .venv/bin/pip ]; then
  echo "Creating .venv …"
  if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then # Debian packages these separately
    [ "$(id -u)" = 0 ] || { echo "Python's venv module is missing. Install it with: sudo apt-get install python3-venv" >&2; exit 1; }
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
  fi
  "$python" -m venv .venv
fi

echo "Installing $1 …"
.venv/bin/pip install --quiet --disable-pip-version-check "uv==0.13.8" 2>/dev/null || true
if ! { [ -x .venv/bin/uv ] && .venv/bin/uv pip install --quiet --python .venv/bin/python -r "$1"; }; then
  echo "uv failed. Falling back to pip, which takes longer."
  .venv/bin/pip install --quiet --disable-pip-version-check -r "$1"
fi
