"""What a network hands to its last layer, and which networks are trained for it."""

import pytest
import torch
from torch import nn

from nas_plugins.datasets import load_dataset
from nas_plugins.evaluation.classifier_inputs import classifier_inputs
from nas_plugins.evaluation.feature_settings import FeatureSettings
from nas_plugins.evaluation.training import Training
from nas_plugins.spaces import NASBench201
from nas_plugins.spaces.errors import InvalidArgument

SPACE = NASBench201()


def test_the_last_layer_makes_the_logits_of_the_features():
    """Features times weights plus bias are the network's own output, and nothing stays hooked to the network."""
    settings = FeatureSettings(channels=2, image_size=8)
    training = Training(SPACE[12345], SPACE, load_dataset("digits"), settings.training())
    images = training.images.test_images[:9]

    features, last = classifier_inputs(training, images)
    with torch.no_grad():
        wanted = training.network(training.images.normalise(images))
        torch.testing.assert_close(last(features), wanted, atol=1e-4, rtol=1e-4)
    assert features.shape == (9, 8)
    assert not last._forward_pre_hooks
    training.network.classifier = nn.Identity()
    with pytest.raises(InvalidArgument, match="classifier"):
        classifier_inputs(training, images)


def test_the_first_of_many_networks_are_those_of_few():
    """Networks are different ones, and asking for more keeps what is trained."""
    few, many = FeatureSettings(networks=5), FeatureSettings(networks=50)

    assert few.architectures(SPACE) == many.architectures(SPACE)[:5]
    assert len(set(many.architectures(SPACE))) == 50
    for bad in ({"networks": 1}, {"images": 1}, {"epochs": 0}):
        with pytest.raises(InvalidArgument):
            FeatureSettings(**bad)
