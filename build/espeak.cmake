# Settings for the C library espeak-ng, which the crate espeak-rs-sys builds with CMake.
#
# Undertone only asks it for phonemes, so everything that plays or stretches sound is left out. Its
# build would fetch libsonic from the network even when it is switched off, unless the sources are
# said to be here: the folder named below holds empty ones.
set(USE_LIBSONIC OFF CACHE BOOL "" FORCE)
set(USE_LIBPCAUDIO OFF CACHE BOOL "" FORCE)
set(USE_ASYNC OFF CACHE BOOL "" FORCE)
set(FETCHCONTENT_SOURCE_DIR_SONIC-GIT "${CMAKE_CURRENT_LIST_DIR}/sonic" CACHE PATH "" FORCE)
