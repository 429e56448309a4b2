"""What setup.cfg cannot say: where the data go, and that any checkout builds the same bytes."""

from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.bdist_wheel import bdist_wheel


class Wheel(bdist_wheel):
    """A wheel whose files have the same rights, whatever those of the checkout."""

    def write_wheelfile(self, wheelfile_base: str) -> None:
        """Write what is left, then give all files their rights."""
        super().write_wheelfile(wheelfile_base)
        for path in Path(self.bdist_dir).rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)


setup(
    packages=[*find_packages(include=["maillage*", "matcher*", "web*"]), "maillage_data"],
    package_dir={"maillage_data": "data"},
    cmdclass={"bdist_wheel": Wheel},
)
