"""Fits the network that tells alterations from ordinary processing, and judges it on groups that it did not see.

    python training/train.py --cache /tmp/amparo-training --weights src/amparo/analysis/origin/alteration.npz

For each fold of sources and each family of up-scalers, a network is fitted without both, and scores the fold's ordinary
pictures and what that family made: `scores.npz` in the cache, from which `calibrate.py` and `evaluate.py` go on. Last,
the network that is shipped is fitted on everything.
"""

import argparse
import hashlib
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from amparo.analysis.origin.network import Network
from described import VARIANTS
from material import TRAINED, Material, load, piped

_FITTED_ON = [*piped(), *(VARIANTS.index(name) for name in ("as made", "JPEG 90", "JPEG 75", "JPEG 50"))]
"""The variants of the pictures on which networks are fitted."""
_DIRECTIONS, _HIDDEN, _MEMBERS, _ROUNDS, _DECAY = 200, 32, 2, 16, 0.05


def main() -> None:
    """Read the command line, fit and score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, required=True, help="the folder that described.py filled")
    parser.add_argument("--weights", type=Path, required=True, help="where the weights of the network are written")
    arguments = parser.parse_args()
    material = load(arguments.cache)
    _cross_fitted(material, arguments.cache / "scores.npz")
    network = fitted(material.where(np.isin(material.family, TRAINED) | ~material.altered), seed=0)
    np.savez_compressed(arguments.weights, **network.arrays())
    digest = hashlib.sha256(arguments.weights.read_bytes()).hexdigest()
    print(f"{arguments.weights}: {len(network.output)} hidden units, sha256 {digest}")


def _cross_fitted(material: Material, file: Path) -> None:
    """Score each fold by networks that saw neither it nor the family that is asked about."""
    columns: dict[str, list[NDArray[np.generic]]] = {"row": [], "score": [], "unseen": []}
    for family in (*TRAINED, "upscalerjs"):
        for fold in np.unique(material.fold):
            seen = (material.fold != fold) & np.where(
                material.altered, np.isin(material.family, TRAINED) & (material.family != family), True
            )
            asked = np.flatnonzero((material.fold == fold) & (~material.altered | (material.family == family)))
            network = fitted(material.where(seen), seed=1)
            columns["row"].append(asked)
            columns["score"].append(network.scores(material.numbers[asked]))
            columns["unseen"].append(np.full(len(asked), family))
            print(f"without {family} and fold {fold}: {len(asked)} tiles scored", flush=True)
    held = {name: np.concatenate(parts) for name, parts in columns.items()}
    np.savez(file, photographs=np.unique(material.photograph), **held)  # type: ignore[arg-type]


def fitted(material: Material, *, seed: int) -> Network:
    """A network for this material: several small ones side by side, the mean of their scores."""
    chosen = material.where(np.isin(material.variant, _FITTED_ON))
    middle = chosen.numbers.mean(0)
    spread = chosen.numbers.std(0) + 1e-3
    # Turned to independent directions of like spread first, the many numbers that tell the same do not outweigh others.
    values = ((chosen.numbers - middle) / spread).clip(-8, 8)
    turned = PCA(_DIRECTIONS, random_state=seed).fit(values)
    strength = np.sqrt(turned.explained_variance_ + 0.3 * turned.explained_variance_[_DIRECTIONS // 2])
    directions = (turned.components_ / strength[:, None]).T.astype(np.float32)
    offset = turned.mean_ @ directions
    values = values @ directions - offset
    rows = _balanced(chosen, np.random.default_rng(seed))
    members = []
    for number in range(_MEMBERS):
        member = MLPClassifier(
            (_HIDDEN,),
            alpha=_DECAY,
            batch_size=128,
            learning_rate_init=7e-4,
            max_iter=_ROUNDS,
            random_state=seed + number,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the rounds are bounded on purpose
            members.append(member.fit(values[rows], chosen.altered[rows]))
    return Network.of(
        {
            "middle": middle,
            "spread": spread,
            "hidden": np.concatenate([directions @ each.coefs_[0] for each in members], axis=1),
            "hidden_offset": np.concatenate([each.intercepts_[0] - offset @ each.coefs_[0] for each in members]),
            "output": np.concatenate([each.coefs_[1][:, 0] for each in members]) / _MEMBERS,
            "output_offset": np.mean([each.intercepts_[1] for each in members], axis=0),
        }
    )


def _balanced(material: Material, draw: np.random.Generator) -> NDArray[np.intp]:
    """Rows such that both classes are as many: the smaller one is drawn more than once."""
    altered, ordinary = np.flatnonzero(material.altered), np.flatnonzero(~material.altered)
    few, many = sorted((altered, ordinary), key=len)
    extra = draw.choice(few, len(many) - len(few))
    return draw.permutation(np.concatenate((few, many, extra)))


if __name__ == "__main__":
    main()
