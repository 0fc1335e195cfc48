# Copies the headers that programs include, and all headers of ours that those reach, to TARGET, with their includes of
# each other rewritten from "client/…" to "quorate/client/…".
# usage: cmake -DSOURCE=DIR -DTARGET=DIR "-DHEADERS=client/client.h;…" -P public_headers.cmake
file(REMOVE_RECURSE ${TARGET})
set(waiting ${HEADERS})
while(waiting)
  list(POP_FRONT waiting header)
  if(EXISTS ${TARGET}/${header})
    continue()
  endif()
  file(READ ${SOURCE}/${header} text)
  string(REGEX MATCHALL "#include \"[^\"]+\"" includes "${text}")
  foreach(include IN LISTS includes)
    string(REGEX REPLACE "#include \"(.*)\"" "\\1" reached "${include}")
    list(APPEND waiting ${reached})
  endforeach()
  string(REPLACE "#include \"" "#include \"quorate/" text "${text}")
  file(WRITE ${TARGET}/${header} "${text}")
endwhile()
