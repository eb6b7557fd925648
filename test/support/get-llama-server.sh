#!/bin/sh
# Puts Debian's llama-server under a folder, as <folder>/bin/llama-server; the system stays as it is, but for
# patchelf, which is installed where it is missing. What is there already and runs is kept; a folder whose bin or
# lib are not this script's own is left alone.
#   usage: test/support/get-llama-server.sh FOLDER
set -eu

SUITE=forky # the first one that has the package; it brings its own C library, so it runs on older ones
PACKAGES='llama.cpp-tools libllama0 libggml0 libc6 libgcc-s1 libstdc++6 libgomp1 libssl3t64 zlib1g libzstd1'

fail() {
  echo "get-llama-server: $1" >&2
  exit 1
}

[ $# -eq 1 ] || fail 'one argument is needed: the folder to put it into'
mkdir -p "$1"
folder=$(cd "$1" && pwd)
program=$folder/bin/llama-server
if "$program" --version >/dev/null 2>&1; then
  echo "there already: $program"
  exit 0
fi
mark=$folder/.get-llama-server # says that bin and lib are this script's own
if [ ! -e "$mark" ] && { [ -e "$folder/bin" ] || [ -e "$folder/lib" ]; }; then
  fail "$folder has a bin or a lib of its own, which would be replaced: name another folder, as in .tmp/llama"
fi

for tool in apt-get dpkg dpkg-deb; do
  command -v "$tool" >/dev/null || fail "there is no $tool: this works on Debian alone; elsewhere install llama.cpp and set LLAMA_SERVER_BIN to its llama-server"
done
mirror=$(sed -nE 's/^(deb .*|URIs: *)(https?:[^ ]*debian\/?)( .*)?$/\2/p' \
  /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1)
[ -n "$mirror" ] || fail 'apt has no Debian mirror among its sources'
if ! command -v patchelf >/dev/null; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends patchelf; } >/dev/null ||
    fail 'there is no patchelf, and apt cannot install it here (it must be root)'
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/packages" "$work/root"
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $SUITE main" >"$work/sources.list"

# apt with lists, cache and sources of its own, which takes nothing for installed
apt() {
  apt-get -qq \
    -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::Languages=none \
    -o Dir::State::lists="$work/lists" \
    -o Dir::State::status=/dev/null \
    -o Dir::Cache="$work/cache" \
    -o Dir::Etc::sourcelist="$work/sources.list" \
    -o Dir::Etc::sourceparts=/dev/null \
    "$@"
}

apt update || fail "the lists of Debian $SUITE cannot be read from the mirror"
# shellcheck disable=SC2086 # a list of words
(cd "$work/packages" && apt download $PACKAGES) || fail "Debian $SUITE lacks one of: $PACKAGES"
for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$work/root"; done

libraries=$work/root/usr/lib/$(uname -m)-linux-gnu
touch "$mark"
rm -rf "$folder/bin" "$folder/lib"
mkdir "$folder/bin" "$folder/lib"
cp "$work/root/usr/bin/llama-server" "$program"
cp -L "$libraries"/*.so.* "$libraries"/llama/*.so "$folder/lib/"
cp -L "$libraries"/ggml/backends*/*.so "$folder/bin/" # looked for beside the program

# the program is to start with the C library of its own suite, and all parts are to find one another
loader=$(cd "$folder/lib" && ls ld-linux*.so.*)
patchelf --set-interpreter "$folder/lib/$loader" "$program"
for file in "$program" "$folder"/bin/*.so "$folder"/lib/lib*; do
  patchelf --force-rpath --set-rpath "\$ORIGIN/../lib" "$file"
done

"$program" --version
