#!/usr/bin/env bash
# Puts the fonts layer together: fonts of the scripts that the embedded ones do not hold, from wheels on PyPI.
#
#   build.sh [FOLDER]
#
# Result:  FOLDER/fonts/NAME.ttf                   (/opt/fonts in a function); FOLDER is ./out where none is given
#          FOLDER/share/licenses/fonts/            OFL.txt, SOURCE
#
# Needs:   python3 with pip, network to PyPI. No root.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here/out}

# Chinese, Japanese and Korean, as Google Fonts has them; all other scripts; each as published by the Noto project.
east_asian=justmytype-intl-cjk==0.1.0
others=manimgx-fonts==2026.9.26.post1

main() {
    local key
    key=$(cat "$here/build.sh" "$here/SHA256SUMS" | sha256sum | cut -c1-16)
    if [ "$(cat "$out/.key" 2>/dev/null)" = "$key" ]; then
        return
    fi
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$work" "$east_asian" "$others"
    (cd "$work" && for wheel in *.whl; do python3 -m zipfile -e "$wheel" wheels; done)
    rm -rf "$out"
    mkdir -p "$out/fonts" "$out/share/licenses/fonts"
    take_fonts
    (cd "$out/fonts" && sha256sum --check --quiet "$here/SHA256SUMS")
    cp "$work"/wheels/justmytype_intl_cjk/fonts/ofl/notosanssc/OFL.txt "$out/share/licenses/fonts/"
    {
        echo "Fonts of the Noto project, unmodified, each with its copyright notice in its name table; SIL Open Font License 1.1"
        echo "https://github.com/notofonts and https://github.com/google/fonts, as they are in these wheels of PyPI:"
        (cd "$work" && sha256sum ./*.whl)
    } >"$out/share/licenses/fonts/SOURCE"
    find "$out" -exec touch -h -d @0 {} +
    echo "$key" >"$out/.key"
    echo "fonts layer: $(du -sh "$out" | cut -f1)" >&2
}

# Every font that SHA256SUMS names, under its name without the axes in brackets.
take_fonts() {
    local name
    while read -r _ name; do
        find "$work/wheels" -name "${name%.ttf}\[wght\].ttf" -exec cp {} "$out/fonts/$name" \;
    done <"$here/SHA256SUMS"
}

main
