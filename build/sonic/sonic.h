/* libsonic is not used: see ../espeak.cmake */
