"""The public face: names, credentials, resources."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import requests

import nobrains_client as sdk
from nobrains_client import Client
from nobrains_client.config import Credentials, save

CALLS = """
activity admin bad_rows cancel change_password check check_source clear_decision close compare comparison comparisons
confirm_webhook create_endpoint create_key create_pipeline create_source create_webhook dataset datasets decision
delete_account delete_comparison delete_dataset delete_evaluation delete_job delete_model delete_prediction
delete_secret delete_source delete_webhook deliveries download download_comparison download_dataset
download_dataset_report download_evaluation download_original download_prediction download_report endpoint endpoints
evaluate evaluation events fetch fetch_source fetches job jobs keys leaderboard me model models patch_dataset pipeline
pipelines predict predict_stored preview preview_schedule redeliver retry revoke_key secrets set_decision set_secret
side_by_side sign_in sign_out sign_up source sources stop stored_evaluation stored_evaluations stored_prediction
stored_predictions test_webhook token train trials update_model update_source update_webhook upload upload_model
upload_url url wait wait_ready watch webhook webhooks
"""


def test_the_public_calls_are_these() -> None:
    assert [name for name in dir(Client) if not name.startswith("_")] == CALLS.split()


def test_every_public_name_exists_and_every_exception_is_in_the_tree() -> None:
    assert sorted(sdk.__all__) == sdk.__all__
    tree = sys.modules["nobrains_client.errors"].__doc__ or ""
    for name in sdk.__all__:
        found = getattr(sdk, name)
        if issubclass(found, Exception):
            assert issubclass(found, sdk.NoBrainsError)
            assert name in tree


def test_what_login_saved_is_used(session: requests.Session) -> None:
    save(Credentials("http://nobrains.test", "saved"))
    with Client(session=session) as client:
        assert (client.url, client.token) == ("http://nobrains.test", "saved")


def test_no_attempt_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Client("http://nobrains.test", attempts=0)


def test_it_stands_alone_under_its_published_name(tmp_path: Path) -> None:
    """Published on its own: nothing but its own folder, and no heavy library until it is used."""
    (tmp_path / "nobrains_client").symlink_to(Path(sdk.__file__).parent)
    code = (
        "import sys, nobrains_client.cli.main;"
        "ours = {'api', 'automl', 'backends', 'client', 'core', 'csvfile', 'nobrains', 'vocabulary', 'worker'};"
        "slow = {'requests', 'rich', 'pandas'};"
        "print(sorted((ours | slow) & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_its_files_are_modules_of_one_name(tmp_path: Path) -> None:
    """Imported twice, an exception would not be caught under its other name."""
    code = (
        "import pkgutil, sys, nobrains_client, nobrains.main;"
        "names = [found.name for found in pkgutil.walk_packages(nobrains_client.__path__, 'nobrains_client.')];"
        "[__import__(name) for name in names];"
        "print(len(names) > 20, sorted(name for name in sys.modules if name.split('.')[0] == 'client'))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True []"
