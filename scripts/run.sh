#!/usr/bin/env bash
# Migrate, load the demo data and start the development server on a port.
set -euo pipefail
cd "$(dirname "$0")/.."
port=$1
export DEBUG="${DEBUG:-on}"

if .venv/bin/python - "$port" <<'PY'
import socket, sys
with socket.socket() as probe:
    probe.settimeout(1)
    sys.exit(probe.connect_ex(("127.0.0.1", int(sys.argv[1]))))
PY
then
  echo "Port $port is already in use. Stop what's running on http://127.0.0.1:$port, or choose another port: make run PORT=$((port + 1))" >&2
  exit 1
fi

.venv/bin/python manage.py migrate --verbosity 0
.venv/bin/python manage.py seed_demo
cat <<TEXT

  Backchat     http://127.0.0.1:$port
  Admin        http://127.0.0.1:$port/admin/   (alice)
  Press Ctrl+C to stop.

TEXT
exec .venv/bin/python manage.py runserver "127.0.0.1:$port"
