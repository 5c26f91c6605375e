"""AI-hub Brightlands: news of its feed, events of a calendar in Outlook, participants as CSV."""
