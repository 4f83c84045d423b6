"""Parts of the screen. Each shows one part of the view model and decides nothing."""
