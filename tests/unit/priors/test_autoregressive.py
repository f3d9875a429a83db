"""The autoregressive prior against a Markov chain, all of whose sequences can be counted."""

from __future__ import annotations

import itertools

import pytest
import torch

from explorer.priors.autoregressive import Autoregressive
from explorer.priors.encodings import Encodings
from explorer.priors.record import LatentShape

START = torch.tensor([0.5, 0.3, 0.2])
STEP = torch.tensor([[0.8, 0.1, 0.1], [0.05, 0.15, 0.8], [0.1, 0.7, 0.2]])
EVERY = torch.tensor(list(itertools.product(range(3), repeat=4)))  # sequences of 2 x 2 cells: (81, 4)


def truth() -> torch.Tensor:
    """Probability of each of `EVERY`."""
    return START[EVERY[:, 0]] * STEP[EVERY[:, :-1], EVERY[:, 1:]].prod(dim=1)


def encodings(codes: torch.Tensor) -> Encodings:
    mean = torch.eye(3)[codes].transpose(1, 2).flatten(1)
    return Encodings(mean, torch.zeros_like(mean), codes=codes)


@pytest.fixture(scope="module")
def prior() -> Autoregressive:
    """One that has learnt the chain."""
    torch.manual_seed(0)
    prior = Autoregressive(LatentShape(3, 2, codes=3), width=16, depth=1, heads=2)
    generator = torch.Generator().manual_seed(0)
    seen = encodings(EVERY[torch.multinomial(truth(), 4000, replacement=True, generator=generator)])
    prior.prepare(seen)
    optimiser = torch.optim.Adam(prior.parameters(), 1e-2)
    for _ in range(150):
        optimiser.zero_grad()
        prior.loss(seen[torch.randint(4000, (512,), generator=generator)], generator).backward()
        optimiser.step()
    return prior.eval()


def test_nats_are_those_of_the_chain(prior: Autoregressive):
    found = -prior.nats(encodings(EVERY))
    assert found.exp().sum().item() == pytest.approx(1, abs=1e-4)  # of all that there is
    entropy = -(truth() * truth().log()).sum().item()
    assert -(truth() * found).sum().item() == pytest.approx(entropy, abs=0.02)


def test_sequences_are_drawn_as_often_as_they_are_expected(prior: Autoregressive):
    drawn = prior.sample_codes(4000, 1)
    found = torch.bincount((drawn * torch.tensor([27, 9, 3, 1])).sum(dim=1), minlength=81) / 4000
    torch.testing.assert_close(found, (-prior.nats(encodings(EVERY))).exp(), rtol=0, atol=0.02)


def test_cell_by_cell_it_expects_what_it_expects_of_all_at_once(prior: Autoregressive):
    def by_cells() -> torch.Tensor:
        with torch.inference_mode():
            predictions = prior.predictions(len(EVERY))
            return torch.stack([next(predictions), *(predictions.send(EVERY[:, cell]) for cell in range(3))], dim=1)

    torch.testing.assert_close(by_cells(), prior.log_probabilities(EVERY), rtol=0, atol=1e-5)
    assert by_cells().equal(by_cells())


def test_it_begins_as_the_frequencies_of_each_cell():
    codes = torch.tensor([[0, 1, 2, 0], [0, 1, 1, 2], [0, 1, 2, 2], [0, 1, 0, 2]]).repeat(500, 1)
    prior = Autoregressive(LatentShape(3, 2, codes=3), width=16, depth=1, heads=2)
    prior.prepare(encodings(codes))
    frequencies = torch.stack([torch.bincount(cell, minlength=3) / 2000 for cell in codes.T])
    found = prior.log_probabilities(EVERY).exp().float()
    torch.testing.assert_close(found, frequencies.expand(81, 4, 3), rtol=0, atol=0.002)
