"""The lab of an asyncio program. All of it but `together.py` is what the blocking lab is printed from."""
