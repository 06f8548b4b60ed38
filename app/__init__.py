"""The hotline itself: joins telephony, tickets, web and jobs."""
