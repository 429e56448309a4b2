"""What setup.cfg cannot say: the data of `data/` are installed as `maillage_data`."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["maillage*", "matcher*", "web*"]), "maillage_data"],
    package_dir={"maillage_data": "data"},
)
