"""Trees of joints, written as chains."""

from typing import Sequence, Tuple


def parents_of(joints: Sequence[str], *chains: str) -> Tuple[int, ...]:
    """Return the parent of every joint.

    Args:
        joints (Sequence[str]): Names of the joints.
        *chains: Joints from the root outwards, ``'neck *_shoulder *_elbow'``; a chain with stars stands for one on
            the left and one on the right.

    Returns:
        tuple[int]: Indices of the parents; a joint that follows none is its own.
    """
    parents = {joint: joint for joint in joints}
    for chain in chains:
        for side in ('left', 'right'):
            links = chain.replace('*', side).split()
            parents.update(zip(links[1:], links))
    return tuple(joints.index(parents[joint]) for joint in joints)
