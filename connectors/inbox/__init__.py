"""The inbox of a hub: uploads and webhooks, safe on disk before anybody is thanked for them."""
