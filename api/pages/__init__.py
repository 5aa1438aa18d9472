"""What a browser is shown: plain view objects, the templates they fill, the small pictures beside them."""
