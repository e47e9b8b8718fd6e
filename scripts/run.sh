#!/usr/bin/env bash
# Start the development server on a port: migrate, seed the demo, say where it is.
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
  echo "Port $port is taken: something answers on http://127.0.0.1:$port already. Stop it, or choose another: make run PORT=$((port + 1))" >&2
  exit 1
fi

.venv/bin/python manage.py migrate --verbosity 0
.venv/bin/python manage.py seed_demo
cat <<TEXT

  Backchat     http://127.0.0.1:$port
  Admin        http://127.0.0.1:$port/admin/   (alice)
  Stop it with Ctrl+C.

TEXT
exec .venv/bin/python manage.py runserver "127.0.0.1:$port"
