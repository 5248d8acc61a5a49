# cmake -DFOLDER=sql -DOUTPUT=migrations.c -P embed.cmake: writes what service/store/migrations.h declares.
# Migrations are NNN_name.sql, numbered from 001 without a gap; any other .sql file but roles.sql is a mistake.
file(GLOB files ${FOLDER}/*.sql)
list(SORT files)
set(texts "")
set(rows "")
set(next 1)
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(................................................................)" "\\1\n" hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  if(name STREQUAL "roles.sql")
    string(APPEND texts "const char migration_roles[] = {\n${bytes}0};\n")
  elseif(name MATCHES "^([0-9][0-9][0-9])_([a-z0-9_]+)\\.sql$")
    set(digits ${CMAKE_MATCH_1})
    set(noun ${CMAKE_MATCH_2})
    string(REGEX REPLACE "^0+" "" number ${digits})
    if(NOT number STREQUAL next)
      message(FATAL_ERROR "${name}: the next migration must have number ${next}")
    endif()
    math(EXPR next "${next} + 1")
    file(SHA256 ${file} checksum)
    string(APPEND texts "static const char text_${digits}[] = {\n${bytes}0};\n")
    string(APPEND rows "    {${number}, \"${noun}\", \"${checksum}\", text_${digits}},\n")
  else()
    message(FATAL_ERROR "${name}: a migration is named NNN_name.sql")
  endif()
endforeach()
file(WRITE ${OUTPUT} "/* Generated from sql/ by sql/embed.cmake. */
#include \"store/migrations.h\"

${texts}
const struct migration migrations[] = {
${rows}};
const int migration_count = (int)(sizeof migrations / sizeof migrations[0]);
")
