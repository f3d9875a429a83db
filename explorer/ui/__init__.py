"""Everything that touches Streamlit beside the pages."""
