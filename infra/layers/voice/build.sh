#!/usr/bin/env bash
# Puts the voice layer together: our `espeak-voice` program, and espeak-ng with its data from the PyPI wheel `espeakng-loader`.
#
#   build.sh
#
# Result:  out/voice/espeak-voice, out/voice/libespeak-ng.so, out/voice/espeak-ng-data/    (/opt/voice in a function)
#          out/share/licenses/espeak-ng/    COPYING.GPLv3, SOURCE
#
# Needs:   cargo, python3 with pip, network to PyPI. No root.
# Takes:   LECTERN_ESPEAK_VOICE, a built `espeak-voice`; without it cargo builds one in release mode.
#          LECTERN_LAYER_PLATFORM, a wheel platform for another processor, such as manylinux_2_28_aarch64.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=$here/out
wheel_version=0.2.4

main() {
    local program
    program=$(find_program)
    fetch_engine
    mkdir -p "$out/voice"
    install -m 755 "$program" "$out/voice/espeak-voice"
    echo "voice layer: $(du -sh "$out" | cut -f1)" >&2
}

# Gives the path of the program.
find_program() {
    if [ -n "${LECTERN_ESPEAK_VOICE:-}" ]; then
        echo "$LECTERN_ESPEAK_VOICE"
        return
    fi
    local project=$here/../../..
    (cd "$project" && cargo build --release --quiet -p espeak-voice >&2)
    echo "${CARGO_TARGET_DIR:-$project/target}/release/espeak-voice"
}

# Unpacks engine and data, once per version and platform.
fetch_engine() {
    local platform=${LECTERN_LAYER_PLATFORM:-}
    local key="$wheel_version $platform"
    if [ "$(cat "$out/.engine" 2>/dev/null)" = "$key" ]; then
        return
    fi
    local work
    work=$(mktemp -d)
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: ${platform:+--platform "$platform"} \
        --dest "$work" "espeakng-loader==$wheel_version"
    (cd "$work" && python3 -m zipfile -e ./*.whl .)
    rm -rf "$out"
    mkdir -p "$out/voice" "$out/share/licenses/espeak-ng"
    cp "$work/espeakng_loader/libespeak-ng.so" "$out/voice/"
    cp -r "$work/espeakng_loader/espeak-ng-data" "$out/voice/"
    cp "$here/COPYING.GPLv3" "$out/share/licenses/espeak-ng/"
    {
        echo "espeak-ng 1.52.0, GPL-3.0-or-later, https://github.com/espeak-ng/espeak-ng/tree/1.52.0"
        echo "as built in the wheel espeakng-loader $wheel_version, https://pypi.org/project/espeakng-loader/$wheel_version/"
        echo "espeak-voice: infra/layers/voice/src of Lectern, GPL-3.0-or-later as a combination with espeak-ng"
        (cd "$work" && sha256sum ./*.whl)
    } >"$out/share/licenses/espeak-ng/SOURCE"
    echo "$key" >"$out/.engine"
}

main
