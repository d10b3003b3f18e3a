#!/bin/sh
# Installs what the editor tests drive: VS Code (code-server), a browser to show it in, and Neovim.
# Quick when everything is there already. `install.sh vscode`: code-server and the extension's packages alone.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
neovim=$here/build/neovim

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

browser() {
    command -v chromium >/dev/null && return
    as_root apt-get update -qq
    as_root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
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

# Debian 12 has Neovim 0.7. The next release's packages are unpacked aside, with their own C library.
unpack_neovim() {
    site=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
    apt=$neovim/apt
    rm -rf "$neovim"
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
    : >"$apt/status"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $site trixie main" >"$apt/sources.list"
    cat >"$apt/apt.conf" <<CONF
Dir::State "$apt";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "-";
APT::Sandbox::User "";
CONF
    APT_CONFIG=$apt/apt.conf apt-get update -qq
    APT_CONFIG=$apt/apt.conf apt-get install -qq --no-install-recommends --download-only neovim >/dev/null
    for package in "$apt"/cache/archives/*.deb; do
        dpkg -x "$package" "$neovim"
    done
    rm -rf "$apt"
    mkdir -p "$neovim/bin"
    cat >"$neovim/bin/nvim" <<'WRAPPER'
#!/bin/sh
root=$(cd "$(dirname "$0")/.." && pwd)
loader=$(echo "$root"/usr/lib/*/ld-linux-*.so.*)
VIMRUNTIME=$root/usr/share/nvim/runtime
export VIMRUNTIME
exec "$loader" --library-path "${loader%/*}" "$root/usr/bin/nvim" "$@"
WRAPPER
    chmod +x "$neovim/bin/nvim"
}

vscode() {
    locked_install "$here/vscode" code_server
    locked_install "$here/../../vscode-client" npm ci --no-audit --no-fund
}

if [ "${1:-}" = vscode ]; then
    vscode
    exit
fi
browser
locked_install "$here/page" npm ci --no-audit --no-fund
vscode
recent nvim || recent "$neovim/bin/nvim" || unpack_neovim
