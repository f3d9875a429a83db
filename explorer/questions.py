"""Questions to ask a class before it sees: two for each page that moves something.

The truth holds whatever images are chosen: it is of models that ship, on the images that their cards name. Each says
what it was measured on; the tests read it again from the cards, or measure it again where that takes a second.
"""

from __future__ import annotations

from explorer.lessons import Choice, Estimate, Question

PREPARED: dict[str, tuple[Question, ...]] = {
    "start": (
        Estimate(
            "The pixels of an image take 24,576 bits. How many does its latent say, at beta 0.001, on average?",
            10.0, 24576.0, "bits", 311.0,
            "216 nats, or 311 bits: the mean KL of 1,000 validation images of CIFAR-10.", logarithmic=True,
        ),
        Choice(
            "Two draws of z make two pictures of one image. How far apart are they, beside their distance from "
            "the original?",
            ("Farther", "As far", "Less than half as far"), "Less than half as far",
            "A pixel value differs by 3.1 % of its range between two draws and by 6.6 % from the original (root "
            "of the mean square, 1,000 validation images of CIFAR-10): the noise of z moves details, it doesn't "
            "make the blur.",
        ),
    ),
    "train": (
        Estimate(
            "How many weights does the network of From noise learn?", 1e3, 1e9, "weights", 4032643.0,
            "4,032,643, all at once, a little with each step.", logarithmic=True,
        ),
        Choice(
            "Two networks train on the same images, one at ten times the beta. What tells their pictures apart?",
            ("The colours", "How blurred they are", "Nothing: they differ in samples alone"), "How blurred they are",
            "At beta 0.001 pictures keep 0.25 of the sharpness of their originals, at 0.01 0.11 (1,000 validation "
            "images of CIFAR-10): a nat that costs ten times as much is spent on fewer details.",
        ),
    ),
    "compare": (
        Estimate(
            "How far off is a pixel value of a reconstruction at beta 0.001?", 0.0, 25.0, "% of its range", 6.5,
            "The root of the MSE, 0.0043 over 1,000 validation images of CIFAR-10, is 6.5 % of the range.",
        ),
        Choice(
            "CIFAR-10: images of which class does the model reconstruct worst?",
            ("Ships", "Cats", "Frogs", "Trucks"), "Trucks",
            "MSE 0.0054, against 0.0045 for frogs, 0.0035 for cats and 0.0029 for ships (1,000 validation images "
            "of CIFAR-10).",
        ),
    ),
    "interpolate": (
        Estimate(
            "Half way from A to B on the straight line: how long is z, beside what it is at the ends?",
            0.0, 200.0, "%", 72.0,
            "72 % over 500 pairs of validation images of CIFAR-10: two z are nearly at right angles, and the line "
            "between them leads through the inside of the shell that all of them lie on.",
        ),
        Choice(
            "z is drawn from N(0, 1) in 128 dimensions. How long is it?",
            ("About 0", "About 1", "About 11", "About 128"), "About 11",
            "11.3, the root of 128, give or take 0.7: hardly any lies near the middle, where the density is "
            "highest.",
        ),
    ),
    "beta": (
        Estimate(
            "At beta 1e-5 an image is worth 507 nats to the network. At which beta is a tenth of that left?",
            1e-5, 0.1, "beta", 0.0158,
            "At 0.0158 it is 50 nats an image (10,000 validation images of CIFAR-10).", logarithmic=True,
        ),
        Estimate(
            "At beta 0.001 the judge finds the sample in 97 of 100 pairs. And at 0.1? Guessing finds 50.",
            50.0, 100.0, "pairs of 100", 63.0,
            "63 of 100 (1,000 validation images of CIFAR-10): by then both are blurs.",
        ),
    ),
    "blur": (
        Estimate(
            "An autoencoder pays nothing for its latent. How much of the originals' sharpness does it keep?",
            0.0, 100.0, "%", 26.0,
            "26 %, hardly more than the 25 % of the VAE at beta 0.001 (1,000 validation images of CIFAR-10): the KL "
            "isn't what blurs there, but 128 numbers and the squared error.",
        ),
        Choice(
            "Which of these keeps most of the sharpness?",
            ("Autoencoder", "VAE, beta 0.001", "Spatial VAE, beta 0.001", "VQ-VAE, 64 codes"), "VQ-VAE, 64 codes",
            "0.28 of the originals' against 0.26, 0.25 and 0.25 (1,000 validation images of CIFAR-10). Its error "
            "is the largest of the four all the same.",
        ),
    ),
    "latents": (
        Choice(
            "A map shows two directions of 128, those that keep most of where images lie. How much of the variance "
            "is that?",
            ("Nearly all", "About half", "Less than a quarter"), "Less than a quarter",
            "2.7 % of the variance of means at beta 0.001 (2,000 validation images of CIFAR-10): what lies together "
            "on a map may be far apart.",
        ),
        Estimate(
            "A VQ-VAE says one of 64 codes for each of 64 cells. An image is grey all over: how many nats is that?",
            0.0, 400.0, "nats", 266.0,
            "64 times log 64, or 266, as of any other image. If it is known how often codes are said, 254 on average "
            "(1,000 validation images of CIFAR-10).",
        ),
    ),
    "samples": (
        Choice(
            "The spatial VAE with 512 numbers reconstructs best. What does it paint from draws of N(0, 1)?",
            ("Sharp images", "Blurred images", "Noise"), "Noise",
            "N(0, 1) draws each number without a look at the others. In z of images they go together: half of their "
            "variance lies along 124 of 512 directions, that of draws along 172 (3,000 training images of CIFAR-10).",
        ),
        Choice(
            "Draws of the aggregated posterior look best. Why is that no way to paint something new?",
            ("They are training images again", "They are blurred", "They are all alike"),
            "They are training images again",
            "It draws a training image by chance, and decodes a z of that: click one for the training image itself.",
        ),
    ),
}  # fmt: skip
