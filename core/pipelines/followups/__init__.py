"""What follows a promotion: it is rolled back if something speaks against it, and a challenger becomes champion."""
