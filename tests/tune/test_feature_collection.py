"""Collecting output features on Ray: every network is trained once, and shown the same images."""

import os
import signal

import pytest

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.feature_settings import FeatureSettings
from nas_plugins.spaces import NASBench201
from nas_plugins.tune.feature_collection import collect_features

pytestmark = pytest.mark.xdist_group("ray")


def test_networks_are_trained_once_and_more_can_be_asked_for(tmp_path):
    """Two networks, then three of which two are there; a run that lacks nothing starts no Ray and trains nothing."""
    space, digits = NASBench201(), load_dataset("digits")

    def collect(networks):
        seen = []
        settings = FeatureSettings(networks=networks, images=15, epochs=1, channels=2, image_size=8)
        features = collect_features(
            space, digits, settings, tmp_path, on_network=lambda done, failed: seen.append((done, failed))
        )
        return features, seen

    two, seen_two = collect(2)
    three, seen_three = collect(3)
    again, seen_again = collect(3)

    assert (seen_two, seen_three, seen_again) == ([(0, 0), (1, 0), (2, 0)], [(2, 0), (3, 0)], [(3, 0)])
    assert two.features.shape == (2, 15, 9)
    assert three.features[:2].equal(two.features)
    assert again.identity() == three.identity()
    assert three.images.equal(two.images)
    assert len(three.about["accuracies"]) == 3


def test_an_interrupted_collection_says_so_and_goes_on(tmp_path):
    """Ctrl-C after the first network of thirty: no result that looks whole, and what was trained stays."""
    settings = FeatureSettings(networks=30, images=15, epochs=1, channels=2, image_size=8)
    before, counts = signal.getsignal(signal.SIGINT), []

    def interrupt(done, failed):
        counts.append(done)
        if done == 1:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        collect_features(NASBench201(), load_dataset("digits"), settings, tmp_path, on_network=interrupt)

    assert signal.getsignal(signal.SIGINT) is before
    assert 1 <= counts[-1] < 30
    assert len(list(tmp_path.glob("*.safetensors"))) >= counts[-1]
