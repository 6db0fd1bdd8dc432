"""Building for AWS and deploying there."""

from __future__ import annotations

import os
import platform
import subprocess

from . import places
from .talk import Refusal, say
from .tools import tool

#: Where the template looks: one folder per function with its `bootstrap`.
LAMBDA_FOLDER = places.PROJECT / "target" / "lambda"
LAYERS = places.INFRA / "layers"
#: Amazon Linux 2023 has this C library: https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html
C_LIBRARY = "2.34"


def build(arguments: list[str]) -> None:
    """Builds everything the template points at: functions in one cargo call, then the layers.

    Afterwards `sam deploy` works by itself. Further arguments go to `cargo lambda build`.
    """
    target = f"{machine()[0]}-unknown-linux-gnu.{C_LIBRARY}"
    cargo_lambda = tool("cargo-lambda", "cargo-lambda")
    say("building the functions for AWS")
    command = [
        str(cargo_lambda), "lambda", "build", "--profile", "deploy", "--target", target, "--lambda-dir", str(LAMBDA_FOLDER), *arguments,
    ]  # fmt: skip
    # Cargo-lambda finds the Zig compiler of its environment by PATH.
    environment = {**os.environ, "PATH": f"{cargo_lambda.parent}{os.pathsep}{os.environ['PATH']}"}
    if subprocess.run(command, cwd=places.PROJECT, env=environment, stdout=2).returncode:
        raise Refusal("the functions could not be built; see above.", exit_code=1)
    build_layer("voice", LECTERN_ESPEAK_VOICE=str(LAMBDA_FOLDER / "espeak-voice" / "bootstrap"))
    build_layer("ffmpeg")
    build_layer("fonts")
    say("built; deploy with `infra/lectern deploy` or `sam deploy --guided --capabilities CAPABILITY_IAM`")


def machine() -> tuple[str, str]:
    """The processor to build for, which is this one, as Rust and as Lambda name it."""
    names = {"x86_64": ("x86_64", "x86_64"), "aarch64": ("aarch64", "arm64"), "arm64": ("aarch64", "arm64")}
    if platform.machine() not in names:
        raise Refusal(f"Lambda has no processors like this machine's ({platform.machine()}); build on x86_64 or arm64.")
    return names[platform.machine()]


def build_layer(name: str, **settings: str) -> None:
    """Builds a layer by its own script, which says what it needs."""
    script = LAYERS / name / "build.sh"
    if subprocess.run(["bash", str(script)], env={**os.environ, **settings}, stdout=2).returncode:
        raise Refusal(f"the {name} layer could not be built; see above.", exit_code=1)


def deploy(stack: str, arguments: list[str]) -> int:
    """Builds and deploys a stack with SAM; further arguments go to `sam deploy`."""
    build([])
    if "--parameter-overrides" not in arguments:
        arguments = [*arguments, "--parameter-overrides", f"Architecture={machine()[1]}"]
    command = [
        str(tool("sam", "sam")), "deploy", "--template-file", str(places.TEMPLATE), "--stack-name", stack, "--resolve-s3",
        "--capabilities", "CAPABILITY_IAM", "--no-fail-on-empty-changeset", *arguments,
    ]  # fmt: skip
    return subprocess.run(command, cwd=places.PROJECT, env={**os.environ, "SAM_CLI_TELEMETRY": "0"}).returncode
