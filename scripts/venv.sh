#!/bin/sh
# Makes the virtual environment and installs langraph into it. Usage: scripts/venv.sh DIR
# Works on a bare Debian or Ubuntu, where `python3 -m venv` may lack ensurepip.
set -eu
venv=$1
say() { printf 'langraph: %s\n' "$*" >&2; }

python=""
for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
  if command -v "$candidate" >/dev/null 2>&1 &&
     "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
    python=$candidate
    break
  fi
done
[ -n "$python" ] || { say "needs Python 3.11 or newer, found none; install python3, or set PYTHON=/path/to/python3"; exit 2; }

if [ ! -x "$venv/bin/python" ]; then
  say "making a virtual environment in $venv with $($python --version 2>&1)"
  rm -rf "$venv"
  if ! "$python" -c 'import ensurepip' >/dev/null 2>&1; then
    sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    say "this Python has no ensurepip: installing the package python3-venv"
    { $sudo apt-get update -q && $sudo apt-get install -y -q --no-install-recommends python3-venv; } >/dev/null 2>&1 ||
      { say "could not install it; run: sudo apt-get install python3-venv"; exit 2; }
  fi
  "$python" -m venv "$venv"
fi

say "installing (a minute the first time)"
log=$venv/install.log
(
  "$venv/bin/python" -m pip install --disable-pip-version-check -q -c constraints.txt -e ".[dev]"
) >"$log" 2>&1 &
job=$!
while kill -0 "$job" 2>/dev/null; do
  [ -t 2 ] && printf '.' >&2
  sleep 1
done
[ -t 2 ] && printf '\n' >&2
if ! wait "$job"; then
  tail -20 "$log" >&2
  say "installation failed; the whole log is $log"
  exit 1
fi
touch "$venv/.installed"
say "ready"
