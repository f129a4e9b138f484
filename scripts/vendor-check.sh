#!/usr/bin/env bash
# Compares the browser scripts and licence texts of static/ with the npm
# packages that they come from, byte for byte. It reads the table in
# static/README.md, which go test holds to the embedded files, and needs npm.
set -euo pipefail
cd "$(dirname "$0")/../static"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# file, package, version, file in the package: columns of the table.
rows=$(awk -F'|' '/^\| `files\// { gsub(/[` ]/, ""); print $2, $3, $4, $5 }' README.md)
[ -n "$rows" ] || { echo "vendor-check: no rows in static/README.md" >&2; exit 1; }

while read -r file package version source; do
	tarball=$(npm pack --silent --pack-destination "$tmp" "$package@$version" </dev/null)
	mkdir -p "$tmp/$package"
	tar -xzf "$tmp/$tarball" -C "$tmp/$package"
	cmp "$file" "$tmp/$package/package/$source"
	cmp "licenses/$package.txt" "$tmp/$package/package/LICENSE"
	echo "   same: $file"
done <<<"$rows"
