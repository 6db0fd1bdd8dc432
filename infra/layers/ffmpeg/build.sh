#!/usr/bin/env bash
# Builds the ffmpeg layer: Debian's patched ffmpeg source, cut down to ./allow-list, linked statically.
#
#   build.sh [--fresh]
#
# Result:  out/bin/ffmpeg                      (/opt/bin/ffmpeg in a function)
#          out/share/licenses/ffmpeg/          COPYING.GPLv2, x264.copyright, SOURCE, CONFIGURE
#
# Needs:   apt, gcc, make, patch, xz: sources and two packages (nasm, libx264-dev) are fetched and
#          checked by apt, unpacked into a folder of our own and never installed. No root. As root on Debian or Ubuntu,
#          missing tools are installed.
#
# A second run with the same allow-list and the same script does nothing. `--fresh` asks Debian for a newer version
# (a security update of ffmpeg reaches the layer this way).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$here/out
work=${LECTERN_LAYER_WORK:-$here/work}
suite=bookworm
mirror=${DEBIAN_MIRROR:-http://deb.debian.org}

main() {
    local fresh=${1:-}
    key=$(cat "$here/build.sh" "$here/allow-list" | sha256sum | cut -c1-16)
    if [ "$fresh" != --fresh ] && [ -x "$out/bin/ffmpeg" ] && [ "$(cat "$out/.key" 2>/dev/null)" = "$key" ]; then
        echo "ffmpeg layer: up to date ($(du -h "$out/bin/ffmpeg" | cut -f1))" >&2
        return
    fi
    require_tools
    rm -rf "$work"
    mkdir -p "$work"
    cd "$work"
    say "fetching"
    fetch
    say "configuring"
    configure_ffmpeg
    say "compiling"
    nice -n 10 make -C ffmpeg -j"$(nproc)" ffmpeg V=0 >make.log 2>&1 || { tail -n 30 make.log >&2; exit 1; }
    collect
    cd "$here"
    rm -rf "$work"
    say "done: $(stat -c %s "$out/bin/ffmpeg") bytes"
}

say() {
    echo "ffmpeg layer: $1 (${SECONDS}s)" >&2
}

require_tools() {
    local missing=()
    command -v gcc >/dev/null || missing+=(gcc libc6-dev)
    [ -e /usr/lib/"$(uname -m)"-linux-gnu/libc.a ] || missing+=(libc6-dev)
    command -v make >/dev/null || missing+=(make)
    command -v patch >/dev/null || missing+=(patch)
    command -v xz >/dev/null || missing+=(xz-utils)
    [ -e /usr/share/keyrings/debian-archive-keyring.gpg ] || missing+=(debian-archive-keyring)
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    else
        echo "ffmpeg layer: please install: ${missing[*]}" >&2
        exit 1
    fi
}

# Runs apt with lists and sources of its own, so that the system's stay as they are.
own_apt() {
    local tool=$1
    shift
    "$tool" -q -o Dir::State="$work/apt/state" -o Dir::Cache="$work/apt/cache" \
        -o Dir::State::status=/dev/null \
        -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none "$@"
}

# Fetches source and packages, verified against Debian's archive key, and unpacks them.
fetch() {
    mkdir -p apt/state/lists/partial apt/cache/archives/partial tools
    local key="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    local kind
    for kind in deb deb-src; do
        echo "$kind $key $mirror/debian $suite main"
        echo "$kind $key $mirror/debian-security $suite-security main"
    done >apt/sources.list
    own_apt apt-get update >apt.log 2>&1 || { cat apt.log >&2; exit 1; }
    own_apt apt-get source --download-only ffmpeg >>apt.log 2>&1 || { cat apt.log >&2; exit 1; }
    own_apt apt-get download nasm libx264-dev libx264-164 >>apt.log 2>&1 || { cat apt.log >&2; exit 1; }
    local package
    for package in *.deb; do
        dpkg-deb -x "$package" tools
    done
    mkdir ffmpeg
    tar -xf ffmpeg_*.orig.tar.xz -C ffmpeg --strip-components=1
    tar -xf ffmpeg_*.debian.tar.xz -C ffmpeg
    local change
    grep -v '^#' ffmpeg/debian/patches/series | while read -r change; do
        patch --quiet -d ffmpeg -p1 <"ffmpeg/debian/patches/$change"
    done
}

# The configure line holds no path of this machine: tools, headers and libraries are found by the environment, and x264 by a
# stand-in for pkg-config that knows nothing else.
configure_ffmpeg() {
    local triplet=$(uname -m)-linux-gnu
    printf '#!/bin/sh\ncase "$*" in *--libs*) echo -lx264 ;; esac\n' >tools/usr/bin/x264-config
    chmod +x tools/usr/bin/x264-config
    export PATH=$work/tools/usr/bin:$PATH
    export C_INCLUDE_PATH=$work/tools/usr/include LIBRARY_PATH=$work/tools/usr/lib/$triplet
    export SOURCE_DATE_EPOCH=0
    local line=(./configure
        --disable-everything --disable-autodetect --disable-network --disable-doc --disable-debug
        --disable-programs --enable-ffmpeg --disable-avdevice --disable-postproc
        --enable-gpl --enable-libx264 --enable-pthreads --pkg-config=x264-config
        --extra-cflags='-O3 -D_FORTIFY_SOURCE=2 -fstack-protector-strong' --extra-ldflags=-static-pie
        --extra-libs='-lpthread -lm')
    local kind name
    while read -r kind name; do
        line+=("--enable-$kind=$name")
    done < <(grep -Ev '^(#|$)' "$here/allow-list")
    printf '%q ' "${line[@]}" >CONFIGURE
    echo >>CONFIGURE
    (cd ffmpeg && nice -n 10 "${line[@]}" >../configure.log 2>&1) || {
        tail -n 15 configure.log ffmpeg/ffbuild/config.log >&2
        exit 1
    }
    if grep -q "did not match anything" configure.log; then
        grep "did not match anything" configure.log >&2
        exit 1
    fi
}

collect() {
    rm -rf "$out"
    local licences=$out/share/licenses/ffmpeg
    mkdir -p "$out/bin" "$licences"
    strip -o "$out/bin/ffmpeg" ffmpeg/ffmpeg
    cp ffmpeg/COPYING.GPLv2 "$licences/"
    cp tools/usr/share/doc/libx264-164/copyright "$licences/x264.copyright"
    cp CONFIGURE "$licences/"
    {
        echo "ffmpeg $(sed -n 's/^Version: //p' ffmpeg_*.dsc | head -n 1), source package of Debian $suite, all of Debian's patches applied"
        echo "x264 $(basename libx264-dev_*.deb | cut -d_ -f2 | sed 's/%3a/:/'), binary package libx264-dev of Debian $suite, linked statically"
        echo "Both can be fetched from $mirror/debian and https://snapshot.debian.org."
        sha256sum ffmpeg_*.orig.tar.xz ffmpeg_*.debian.tar.xz libx264-dev_*.deb
    } >"$licences/SOURCE"
    find "$out" -exec touch -h -d @0 {} +
    echo "$key" >"$out/.key"
}

main "$@"
