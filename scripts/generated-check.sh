#!/usr/bin/env bash
# Runs the command given, which generates the *_templ.go files in place, and
# fails if one of them changed, appeared or went. It compares contents and asks
# no git, so that it is as strict about files not yet committed.
set -euo pipefail
cd "$(dirname "$0")/.."

sums() {
	find . -name node_modules -prune -o -name '*_templ.go' -type f -print0 | sort -z | xargs -0 -r sha256sum
}

before=$(sums)
"$@"
if ! diff <(echo "$before") <(sums) >&2; then
	echo "generated files were not current and are now: commit what 'make generate' made" >&2
	exit 1
fi
