"""The least that Streamlit can do with torch: one slider, one picture. What the benchmarks measure the app against."""

import streamlit as st
import torch

seed = st.slider("Seed", 0, 100)
picture = torch.rand((32, 32, 3), generator=torch.Generator().manual_seed(seed))
st.image(picture.numpy(), width=256)
