"""Laws of spaces and of their members as values: names, membership, equality, travel."""

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nas_plugins.spaces import SPACES, get_space
from nas_plugins.spaces.errors import InvalidArgument
from tests.spaces.catalogue import CATALOGUE
from tests.spaces.space_laws.every import every_space, every_whole_space, sample, seeds

junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.integers()),
    st.builds(object),
)


def test_the_catalogue_holds_every_space():
    """A space that has a name in SPACES is under these laws."""
    assert {space.name for space in CATALOGUE} == set(SPACES)


@every_whole_space
def test_a_space_is_found_by_its_name(space):
    """get_space gives a space of the same type, and hands a space itself back."""
    assert type(get_space(space.name)) is type(space)
    assert get_space(space) is space


def test_an_unknown_space_is_refused_with_the_known_names():
    with pytest.raises(InvalidArgument, match="nasbench201"):
        get_space("nasbench999")


@every_space
@given(thing=junk)
def test_membership_never_raises(space, thing):
    """Membership is False for anything that is no architecture, True for architectures."""
    assert space.contains(thing) is False
    assert space.contains(space) is False
    assert space.contains(sample(space, 0)) is True


@every_space
def test_an_architectures_text_is_no_member(space):
    """The string of an architecture is a description of it, not the architecture."""
    assert not space.contains(str(sample(space, 0)))


@every_space
@given(first=seeds, second=seeds)
def test_equality_hash_and_text_agree(space, first, second):
    """Two architectures are equal, hash alike and print alike, or none of the three is promised."""
    a, b = sample(space, first), sample(space, second)

    assert (a == b) == (str(a) == str(b))
    assert a != b or hash(a) == hash(b)
    assert a != str(a)


@every_space
@given(seed=seeds)
def test_architectures_travel(space, seed):
    """Pickle, for worker processes, and JSON of the text, for files, give the same architecture back."""
    architecture = sample(space, seed)

    assert pickle.loads(pickle.dumps(architecture)) == architecture
    assert space.parse(json.loads(json.dumps(str(architecture)))) == architecture
    assert json.loads(json.dumps(space.to_choices(architecture))) == space.to_choices(architecture)


@every_space
def test_the_space_travels(space):
    """A pickled space is the same space."""
    copy = pickle.loads(pickle.dumps(space))

    assert copy.name == space.name
    assert copy.choices() == space.choices()
    assert sample(copy, 3) == sample(space, 3)


@every_space
@given(seed=seeds)
def test_an_architecture_cannot_be_changed(space, seed):
    """Assigning any of its fields raises, so that hashes stay true."""
    architecture = sample(space, seed)

    for field in vars(architecture):
        with pytest.raises(AttributeError):
            setattr(architecture, field, None)
