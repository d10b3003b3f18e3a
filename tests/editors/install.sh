#!/bin/sh
# Installs what the editor tests drive: VS Code (code-server), a browser to show it in, Neovim, Helix and Emacs.
# Quick when everything is there already. `install.sh vscode`: code-server and the extension's packages alone.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$here/build

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

browser() {
    command -v chromium >/dev/null && return
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core fonts-symbola >/dev/null
}

# Same lock file, same packages: `locked_install FOLDER COMMAND...` runs COMMAND only when the lock file changed.
locked_install() {
    folder=$1
    shift
    cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed" && return
    (cd "$folder" && "$@")
    cp "$folder/package-lock.json" "$folder/node_modules/.installed"
}

# code-server's own install script fetches binaries (search, Kerberos) that no test needs; these modules are enough.
code_server() {
    npm ci --ignore-scripts --no-audit --no-fund
    npm rebuild argon2
    cd node_modules/code-server/lib/vscode
    npm install --omit=dev --ignore-scripts --no-audit --no-fund
    npm_config_yes=true npm rebuild node-pty @vscode/spdlog native-watchdog
    ln -sfn node_modules node_modules.asar
}

recent() {
    "$1" --headless --clean +'lua os.exit(vim.fn.has("nvim-0.10") == 1 and 0 or 1)' >/dev/null 2>&1
}

# Debian 12 has older editors than these tests need. The packages of later releases are unpacked aside, with their
# own C library: `unpacked NAME SUITE PACKAGE...` is quick when that was done before.
unpacked() {
    root=$build/$1 suite=$2
    shift 2
    [ "$(cat "$root/.packages" 2>/dev/null)" = "$suite $*" ] && return
    site=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
    apt=$root/apt
    rm -rf "$root"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    : >"$apt/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site $suite main" >"$apt/sources.list"
    cat >"$apt/apt.conf" <<CONF
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
APT::Sandbox::User "";
CONF
    APT_CONFIG=$apt/apt.conf apt-get update -qq
    APT_CONFIG=$apt/apt.conf apt-get install -qq --no-install-recommends --download-only "$@" >/dev/null
    for package in "$apt"/cache/archives/*.deb; do
        dpkg -x "$package" "$root"
    done
    rm -rf "$apt"
    echo "$suite $*" >"$root/.packages"
}

# `command_of NAME PROGRAM [ARGUMENT...]` makes build/NAME/bin/NAME; what stands on standard input comes before.
command_of() {
    name=$1 program=$2
    shift 2
    mkdir -p "$build/$name/bin"
    {
        echo '#!/bin/sh'
        echo 'root=$(cd "$(dirname "$0")/.." && pwd)'
        echo 'loader=$(echo "$root"/usr/lib/*/ld-linux-*.so.*)'
        cat
        echo "exec \"\$loader\" --library-path \"\${loader%/*}\" \"\$root/$program\" $* \"\$@\""
    } >"$build/$name/bin/$name"
    chmod +x "$build/$name/bin/$name"
}

neovim() {
    unpacked "$1" "$2" neovim
    command_of "$1" usr/bin/nvim <<'BEFORE'
export VIMRUNTIME="$root/usr/share/nvim/runtime"
BEFORE
}

helix() {
    command -v tmux >/dev/null || as_root apt-get install -y -qq --no-install-recommends tmux >/dev/null
    unpacked helix trixie hx
    command_of helix usr/lib/hx/hx <<'BEFORE'
export HELIX_RUNTIME="$root/usr/lib/hx/runtime"
BEFORE
}

emacs() {
    unpacked emacs trixie emacs-nox elpa-yaml-mode elpa-dape
    command_of emacs usr/bin/emacs-nox '--dump-file "$dump"' <<'BEFORE'
share=$(echo "$root"/usr/share/emacs/[0-9]*)
dump=$(echo "$root"/usr/libexec/emacs/*/*/emacs-*.pdmp)
EMACSLOADPATH=$(find "$share/lisp" -type d | tr '\n' ':')
EMACSDATA=$share/etc EMACSDOC=$share/etc EMACSPATH=${dump%/*}
export EMACSLOADPATH EMACSDATA EMACSDOC EMACSPATH
BEFORE
}

vscode() {
    locked_install "$here/vscode" code_server
    locked_install "$here/../../vscode-client" npm ci --no-audit --no-fund
}

has_npm() {
    command -v npm >/dev/null && return
    echo "warning: there is no npm (Node.js 20 or newer), so neither VS Code nor what drives a browser" >&2
    return 1
}

if [ "${1:-}" = vscode ]; then
    has_npm
    vscode
    exit
fi
browser
if has_npm; then
    locked_install "$here/page" npm ci --no-audit --no-fund
    vscode
fi
recent nvim || neovim neovim trixie
# The newest there is: a release that is not there, or not whole, on some day is no reason to test nothing.
neovim neovim-new testing || echo "warning: the newest Neovim can't be installed here" >&2
helix
emacs
