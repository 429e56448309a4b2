"""Who is who: accounts, sign-in with a second factor, the keys of the site."""
