#!/usr/bin/env bash
# Installs what the tests need and the machine lacks: Debian packages, the npm
# module that the stream is read back with, Go modules. It changes nothing
# where all is there, and may be run any number of times.
set -euo pipefail
cd "$(dirname "$0")/.."

# The command that shows that a package is there, and the Debian package.
needs=(
	gcc:gcc                   # go test -race
	node:nodejs               # the stream, read back by eventsource-parser
	npm:npm                   # brings eventsource-parser
	chromium:chromium         # e2e
	nginx:nginx               # e2e behind a proxy
	haproxy:haproxy           # e2e behind a proxy
	redis-server:redis-server # brokers/redis; the tests start their own
)

missing=()
for need in "${needs[@]}"; do
	command -v "${need%%:*}" >/dev/null || missing+=("${need##*:}")
done

if [ ${#missing[@]} -gt 0 ]; then
	echo "   Debian packages: ${missing[*]}"
	if ! command -v apt-get >/dev/null; then
		echo "setup: no apt-get here; install by other means: ${missing[*]}" >&2
		exit 1
	fi
	root=()
	[ "$(id -u)" -eq 0 ] || root=(sudo)
	"${root[@]}" apt-get -qq update
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive \
		apt-get -qq install -y --no-install-recommends "${missing[@]}"
fi

# npm ci starts from nothing every time, so it runs only after a change of the
# lock file; npm writes the inner one when it is done.
parser=e2e/testdata/parser
if [ ! "$parser/node_modules/.package-lock.json" -nt "$parser/package-lock.json" ]; then
	echo "   npm ci in $parser"
	npm ci --prefix "$parser" --ignore-scripts --no-audit --no-fund
fi

for module in "$@"; do
	echo "   Go modules of $module"
	GOWORK=off go -C "$module" mod download
done
