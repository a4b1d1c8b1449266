"""Notices: what users are told, put into words and delivered by e-mail and SMS."""
