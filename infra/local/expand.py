"""The template as CloudFormation sees it: the SAM transform applied, so that linters judge what is really made."""

from __future__ import annotations

import json
import os

from . import package, places


def expand() -> dict[str, object]:
    """The expanded template. Addresses of code are placeholders: nothing has to be built."""
    from samtranslator.translator.transform import transform
    from samtranslator.yaml_helper import yaml_parse

    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    text = package.URI.sub(r"\g<indent>\g<property>: s3://artefacts/\g<path>", places.TEMPLATE.read_text())
    # Aliases make shared objects, which the transform must not change twice.
    separate = json.loads(json.dumps(yaml_parse(text)))
    return transform(separate, {}, NoManagedPolicies())


class NoManagedPolicies:
    """The transform asks for AWS's managed policies by name; the template names none."""

    def load(self) -> dict[str, str]:
        return {}
