"""The page on which acts are signed with E-IMZO, which runs on the machine of the browser."""
