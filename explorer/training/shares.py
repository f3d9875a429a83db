"""What a run's records may take of its time, at most, as shares."""

WATCHING_SHARE = 0.05  # for previews, and as much for the validation subset
MEASURING_SHARE = 0.2  # for the whole validation split, which takes far longer than an epoch on few training images
