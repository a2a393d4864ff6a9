#!/usr/bin/env bash
# Everything a machine needs: Debian packages where we may, the Python environment, axe-core for the browser tests.
# Quick when nothing changed; run again after a move or an interruption, it mends what is there.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
venv=$root/.venv
stamp=$venv/.ldn-setup
say() { echo "setup: $*" >&2; }

wanted=$(cat requirements.lock deploy/setup.sh pyproject.toml | sha256sum | cut -d' ' -f1)
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && "$venv/bin/python" -c '' 2>/dev/null; then exit 0; fi

packages=()
command -v chromium >/dev/null || packages+=(chromium fonts-noto-color-emoji fonts-dejavu-core)
ldconfig -p 2>/dev/null | grep -q libpangoft2-1.0.so.0 || packages+=(libpango-1.0-0 libpangoft2-1.0-0)
if [ ${#packages[@]} -gt 0 ]; then
  if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    say "installing Debian's ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >/tmp/ldn-apt.log 2>&1 \
      || say "could not install ${packages[*]}; see /tmp/ldn-apt.log. Without them browser tests are skipped and PDFs fail."
  else
    say "please install: ${packages[*]} (browser tests and PDF handouts need them; the bot runs without)"
  fi
fi

python=""
for candidate in python3.11 python3 "$HOME"/.pyenv/versions/3.11.*/bin/python; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then python=$candidate; break; fi
done
if [ -z "$python" ]; then say "Python 3.11 is needed. On Debian 12: apt-get install python3.11 python3.11-venv"; exit 1; fi

say "making the Python environment (about a minute)"
rm -rf "$venv"
"$python" -m venv "$venv"
quiet="-q --disable-pip-version-check"
if command -v uv >/dev/null; then uv=$(command -v uv); else "$venv/bin/pip" install $quiet uv==0.13.9 2>/dev/null; uv=$venv/bin/uv; fi
# CPU build only; a resolver would pull gigabytes of CUDA. Where the extra index is out of reach pip goes on without it.
"$venv/bin/pip" install $quiet --no-deps --retries 1 --extra-index-url https://download.pytorch.org/whl/cpu torch==2.13.0 2>/tmp/ldn-pip.log \
  || { cat /tmp/ldn-pip.log >&2; say "could not install torch; see above"; exit 1; }
"$uv" pip install -q --no-config --python "$venv/bin/python" --no-deps --require-hashes -r requirements.lock
# A launcher instead of an editable install: it works after the clone has moved.
cat > "$venv/bin/ldn" <<'LAUNCHER'
#!/bin/sh
here=$(cd "$(dirname "$0")/../.." && pwd)
PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}" exec "$here/.venv/bin/python" -m bot.cli "$@"
LAUNCHER
chmod +x "$venv/bin/ldn"
if [ ! -f build/axe/axe.min.js ]; then
  if command -v npm >/dev/null; then
    mkdir -p build/axe && (cd build/axe && npm pack --silent axe-core@4.14.1 >/dev/null && tar -xzf axe-core-*.tgz --strip-components=1 package/axe.min.js && rm -f axe-core-*.tgz) \
      || say "could not fetch axe-core; accessibility tests will be skipped"
  else
    say "npm is not here; accessibility tests will be skipped"
  fi
fi
echo "$wanted" > "$stamp"
