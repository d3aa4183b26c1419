"""Print the installed dependencies of the package with their versions, as input of an audit."""

import re
from importlib.metadata import PackageNotFoundError, distribution

seen: dict[str, str] = {}
names = ["pipedrive-leads-async"]
while names:
    try:
        found = distribution(names.pop())
    except PackageNotFoundError:  # needed only on another Python or system
        continue
    if found.name in seen:
        continue
    seen[found.name] = found.version
    names += [
        re.split(r"[^\w.-]", line, maxsplit=1)[0]
        for line in found.requires or []
        if "extra ==" not in line
    ]
del seen["pipedrive-leads-async"]
for name, version in sorted(seen.items()):
    print(f"{name}=={version}")
