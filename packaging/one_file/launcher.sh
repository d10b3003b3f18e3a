#!/bin/sh
# duckflux @VERSION@ for @PLATFORM@ in one file. At its first start it unpacks what follows these lines into a folder of
# the user's; it then becomes the command that this file, or a link to it, is named after.
set -eu
own=@NAME@
command=${0##*/}
case $command in duckflux-ls | duckflux-dap | quack) ;; *) command=duckflux ;; esac
fail() {
    echo "$command: error: $1: set XDG_CACHE_HOME to a folder where programs may be written and started" >&2
    exit 1
}
if [ -n "${XDG_CACHE_HOME:-}" ]; then
    cache=$XDG_CACHE_HOME
elif [ -n "${HOME:-}" ]; then
    cache=$HOME/.cache
else
    fail "HOME is not set, so that there is no folder to unpack into"
fi
folder=$cache/duckflux/$own
if [ ! -x "$folder/duckflux" ]; then
    new=$cache/duckflux/.$own.$$
    trap 'rm -rf "$new"' EXIT
    trap 'exit 1' HUP INT TERM
    # For nobody else, and without a word of tar or mv: the reason below says enough.
    (umask 077 && mkdir -p "$new" && tail -n +@LINES@ "$0" | tar -xzf - -C "$new") 2>/dev/null ||
        fail "cannot unpack into $cache/duckflux"
    # Another start may have been quicker: then this one's folder, moved into that one, goes away.
    mv "$new" "$folder" 2>/dev/null || [ -x "$folder/duckflux" ] || fail "cannot unpack into $folder"
    rm -rf "${folder:?}/.$own.$$" "$new"
    trap - EXIT HUP INT TERM
fi
exec "$folder/$command" "$@"
