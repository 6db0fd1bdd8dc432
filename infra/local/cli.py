"""The words of the command line."""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any, Callable, Sequence

from .talk import Refusal

EPILOG = """examples:
  infra/lectern make paper.pdf -o paper.mp4     a narrated video of a document
  infra/lectern edit JOB --script edited.json   a new version of it; only what changed is made
  infra/lectern logs JOB                        what happened to a job, the cause first
  infra/lectern test                            the whole test suite
  infra/lectern deploy --stack lectern          the same on AWS
"""


def run(arguments: Sequence[str]) -> int:
    """Runs the command; gives the exit code: 0 done, 1 failed, 2 wrong input."""
    chosen, rest = parser().parse_known_args(arguments)
    if rest and not chosen.passes_on:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    chosen.rest = [word for word in rest if word != "--"]
    # A proxy of the shell must not stand between us and the local AWS.
    os.environ["no_proxy"] = ",".join(filter(None, [os.environ.get("no_proxy"), "127.0.0.1"]))
    try:
        return chosen.run(chosen)
    except Refusal as refused:
        refused.show()
        return refused.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has seen enough. What is left in the buffer goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def parser() -> argparse.ArgumentParser:
    """The grammar."""
    root = argparse.ArgumentParser(
        prog="infra/lectern",
        description="Turns documents into narrated video, on a local AWS or on a deployed stack.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[Any], int], text: str, passes_on: bool = False) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        added.set_defaults(run=run, passes_on=passes_on)
        return added

    making = command("make", make, "Make a video of a document.")
    making.add_argument("document", type=Path, metavar="FILE", help="a PDF, Markdown or text file")
    making.add_argument("-o", "--output", type=Path, metavar="OUT.mp4", help="where the video goes (default: beside FILE)")
    making.add_argument("--script", type=Path, metavar="FILE", help="use this script, or that of this record, instead of writing one")
    making.add_argument("--scenes", type=int, metavar="N", help="how many scenes (default: chosen from the document)")
    looks(making)
    beside(making)
    making.add_argument("--json", action="store_true", help="print the final record as JSON on stdout")
    on_stack(making)

    editing = command("edit", edit, "Make a new version of a video: edit its script, make a scene anew, choose other options, or restore.")
    editing.add_argument("job", metavar="JOB", help="a job, or the record (.json) that lies beside its video")
    editing.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.mp4", help="where the video goes")
    editing.add_argument("--script", type=Path, metavar="FILE", help="the edited script, or a record with it")
    editing.add_argument("--scene", type=int, metavar="N", help="make this scene anew, counted from 1")
    editing.add_argument("--restore", type=int, metavar="N", help="make this version the newest again")
    looks(editing)
    beside(editing)
    editing.add_argument("--json", action="store_true", help="print the final record as JSON on stdout")
    on_stack(editing)
    listing = command("versions", versions, "List the versions of a job, newest first.")
    listing.add_argument("job", metavar="JOB", help="a job, or the record (.json) that lies beside its video")
    on_stack(listing)

    starting = command("up", up, "Start the local AWS with everything on it.")
    starting.add_argument("--json", action="store_true", help="print endpoint, API, buckets, table, owner and token as JSON")
    command("down", down, "Stop the local AWS and forget what it held.")
    on_stack(command("status", status, "Show the newest jobs, and whether the local AWS runs."))
    telling = command("logs", logs, "Tell the story of a job, the cause of failure first.")
    telling.add_argument("job", metavar="JOB")
    on_stack(telling)

    keeping = command("key", key, "Keep the key of a provider, typed or piped in, such as `script/anthropic`.")
    keeping.add_argument("name", metavar="CAPABILITY/PROVIDER", help="what it is for: script/..., speech/..., image/...")
    keeping.add_argument("--stack", metavar="NAME", help="keep it in Secrets Manager on AWS instead of on this machine")

    testing = command("test", test, "Run the whole test suite; more arguments go to the test runner.", passes_on=True)
    testing.add_argument("--soak", action="store_true", help="run the long form of the tests about failure instead (an hour)")
    command("check", check, "Run formatter, linters and the template's checks.")
    command("bench", bench, "Measure speed, start and memory; prints JSON.", passes_on=True)
    showing = command("gallery", gallery, "Draw every visual in every theme and shape, as a page.")
    showing.add_argument("-o", "--output", type=Path, default=Path("gallery"), metavar="FOLDER", help="where it goes (default: gallery)")
    command("build", build, "Build everything for AWS; more arguments go to `cargo lambda build`.", passes_on=True)
    deploying = command("deploy", deploy, "Build and deploy to AWS; more arguments go to `sam deploy`.", passes_on=True)
    deploying.add_argument("--stack", default="lectern", metavar="NAME", help="the stack's name (default: lectern)")
    return root


def beside(command: argparse.ArgumentParser) -> None:
    """Lets a command write what goes with a video."""
    command.add_argument("--extras", action="store_true", help="also write chapters, transcript, poster, contact sheet and a picture of each scene")


def looks(command: argparse.ArgumentParser) -> None:
    """Lets a command choose how the video sounds and looks."""
    command.add_argument("--voice", metavar="V", help="a voice, such as en-gb")
    command.add_argument("--size", metavar="SIZE", help="480p, 720p, 1080p or 2160p (default: 1080p)")
    command.add_argument("--shape", metavar="SHAPE", help="16:9, 9:16, 1:1 or 4:3 (default: 16:9)")
    command.add_argument("--theme", metavar="THEME", help="midnight, paper, chalk or daylight (default: midnight)")
    command.add_argument("--brand", type=Path, metavar="FILE", help="JSON with any of accent, background, text, footer, logo, heading_font, body_font, intro, outro; files by their paths")
    command.add_argument("--motion", metavar="MOTION", help="full, calm or none (default: full)")
    command.add_argument("--transition", metavar="TRANSITION", help="cut, fade or slide from scene to scene (default: as the motion)")
    command.add_argument("--no-captions", action="store_true", help="no caption track in the video; the .vtt is written all the same")
    command.add_argument("--burn-captions", metavar="STYLE", help="draw captions into the picture: bar, outline, karaoke or none (default: none)")


def options_of(chosen: Any) -> dict[str, Any]:
    """The API's `options`, only those that were given."""
    names = ("scenes", "voice", "size", "shape", "theme", "motion", "transition")
    options = {name: getattr(chosen, name) for name in names if getattr(chosen, name, None) is not None}
    if chosen.brand:
        options["brand"] = brand_of(chosen.brand)
    if chosen.burn_captions:
        options["burned_captions"] = None if chosen.burn_captions == "none" else chosen.burn_captions
    return {**options, "captions": False} if chosen.no_captions else options


def brand_of(file: Path) -> dict[str, Any]:
    """The API's `brand`: what the file holds, with the files it names, by paths from its own folder, as data URIs."""
    brand = read_json(file)
    for name in ("logo", "heading_font", "body_font"):
        named = brand.get(name) if isinstance(brand, dict) else None
        if isinstance(named, str) and not named.startswith("data:"):
            try:
                content = (file.parent / named).read_bytes()
            except OSError as error:
                raise Refusal(f"the {name} of {file} cannot be read: {error}", code="NOT_FOUND")
            brand[name] = f"data:application/octet-stream;base64,{base64.b64encode(content).decode()}"
    return brand


def on_stack(command: argparse.ArgumentParser) -> None:
    """Lets a command work on a deployed stack."""
    command.add_argument("--stack", metavar="NAME", help="use this stack on AWS instead of the local one")


def target_of(chosen: Any):
    """The stack that is meant; the local one is started if need be."""
    from . import target

    if chosen.stack:
        return target.deployed(chosen.stack)
    from .up import up as start

    return target.local(start())


def read_json(file: Path) -> Any:
    """What a file the user names holds."""
    try:
        return json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise Refusal(f"{file} cannot be read as JSON: {error}")


def make(chosen: Any) -> int:
    from .make import Order, check as check_order, make as make_video

    from .edit import read_script

    script = read_script(chosen.script) if chosen.script else None
    order = Order(chosen.document, chosen.output or chosen.document.with_suffix(".mp4"), options_of(chosen), script, chosen.extras)
    check_order(order)
    print_record(make_video(target_of(chosen), order, show=not chosen.json), chosen)
    return 0


def edit(chosen: Any) -> int:
    from .edit import Edit, edit as edit_video, read_script

    options = options_of(chosen)
    wishes = [chosen.script is not None, chosen.scene is not None, chosen.restore is not None, bool(options)]
    if sum(wishes) != 1:
        raise Refusal("one change makes one version: give `--script`, `--scene`, `--restore`, or options.", code="INVALID_REQUEST")
    script = read_script(chosen.script) if chosen.script else None
    scene = None if chosen.scene is None else chosen.scene - 1
    wish = Edit(chosen.job, chosen.output, script, scene, options, chosen.restore, chosen.extras)
    print_record(edit_video(target_of(chosen), wish, show=not chosen.json), chosen)
    return 0


def versions(chosen: Any) -> int:
    from .edit import versions as list_versions

    list_versions(target_of(chosen), chosen.job)
    return 0


def print_record(record: dict[str, Any], chosen: Any) -> None:
    """Prints the record where it was asked for."""
    if chosen.json:
        json.dump(record, sys.stdout, indent=1, ensure_ascii=False)
        print()


def up(chosen: Any) -> int:
    from .up import up as start

    known = start()
    if chosen.json:
        print(json.dumps(known, indent=1))
    else:
        for name in ("endpoint", "api_url", "uploads_bucket", "media_bucket", "table", "owner", "log"):
            print(f"{name:<16}{known[name]}")
        print(f"\nAWS_ACCESS_KEY_ID={known['access_key_id']} AWS_SECRET_ACCESS_KEY={known['secret_access_key']} \\")
        print(f"aws s3 cp notes.md s3://{known['uploads_bucket']}/inbox/{known['owner']}/ --endpoint-url {known['endpoint']}")
    return 0


def down(_: Any) -> int:
    from .up import down as stop

    print("stopped" if stop() else "nothing was running")
    return 0


def status(chosen: Any) -> int:
    from . import target
    from .client import Api
    from .up import running

    if chosen.stack:
        chosen_target = target.deployed(chosen.stack)
    else:
        known = running()
        if known is None:
            print("the local AWS is not running; `infra/lectern up` starts it")
            return 0
        chosen_target = target.local(known)
        print(f"the local AWS answers at {known['endpoint']} (process {known['pid']}, log {known['log']})")
    for job in Api(chosen_target.api_url, chosen_target.token).call("GET", "/v1/jobs?limit=10").json()["jobs"]:
        source = (job.get("source") or {}).get("name", "")
        print(f"{job['id']}  {job['created_at']}  {job['status']:<22}{job['phase']:<10}{source}")
    return 0


def logs(chosen: Any) -> int:
    from .story import tell
    from .up import running
    from . import target

    if chosen.stack:
        tell(target.deployed(chosen.stack), chosen.job)
        return 0
    known = running()
    if known is None:
        raise Refusal("the local AWS is not running, and its logs went with it.")
    tell(target.local(known), chosen.job)
    return 0


def key(chosen: Any) -> int:
    from .keys import keep

    print(f"kept as {keep(chosen.name, chosen.stack)}")
    return 0


def test(chosen: Any) -> int:
    from .suite import soak, test as run_tests

    return soak(chosen.rest) if chosen.soak else run_tests(chosen.rest)


def check(_: Any) -> int:
    from .checks import check as run_checks

    return run_checks()


def bench(chosen: Any) -> int:
    from .bench import bench as measure

    return measure(chosen.rest)


def gallery(chosen: Any) -> int:
    from .gallery import gallery as draw_gallery

    return draw_gallery(chosen.output)


def build(chosen: Any) -> int:
    from .deploy import build as build_for_aws

    build_for_aws(chosen.rest)
    return 0


def deploy(chosen: Any) -> int:
    from .deploy import deploy as deploy_to_aws

    return deploy_to_aws(chosen.stack, chosen.rest)
