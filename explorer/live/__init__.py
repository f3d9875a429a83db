"""What is pushed to browsers while they watch, over one websocket for each tab; and whom it comes from.

    topics.py     what is known of a subject, and who was told how much of it
    hub.py        keeps topics up to date while somebody watches them
    socket.py     the websocket: what a browser may say, and what it is sent
    classroom.py  what one person presents and all who follow see, and what they are asked
    several.py    the same class on several servers, through a folder
    questions.py  a question to them, and its answers
    channels.py   what a browser asks to see, and how pictures come back
    decoding.py   codes that a browser sends while a hand moves, decoded
    sampling.py   samples of a prior on their way from noise, as they are computed
    shelf.py      what is large: fetched once, by the name that a message says
    roles.py      whether a connection is the teacher's or a viewer's
    door.py       what all connections pass: it says whose they are
    gate.py       what those of Streamlit's own pass behind it: floods, files, and what only a teacher may say
    bucket.py     how much of something a browser may have, over a while and at once

The server makes one `Hub`. All of it happens in the server's event loop, but for the looks of feeds, which may read
files, and for decoding and sampling. Nothing here knows Streamlit: what a feed sends is put together where the pages
are.
"""
