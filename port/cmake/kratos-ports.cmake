# SPDX-License-Identifier: Apache-2.0
#
# kratos::lwip and kratos::mbedtls: the ports that are compiled in the product, because lwipopts.h and the configuration
# of Mbed TLS are the product's. Used by CMakeLists.txt here and by the installed package; it must never know which of
# them it is.
#
# Set before, where the product has its own:
#   KRATOS_LWIP_TARGETS      its target of lwIP (lwipcore). Without it kratos::lwip is sources for the target that links
#                            it.
#   KRATOS_MBEDTLS_TARGETS   its targets or libraries of Mbed TLS 3.6. Without it MbedTLS::mbedtls or mbedtls where the
#                            product has such a target, then find_package(MbedTLS), then mbedtls/ssl.h and the three
#                            libraries.

function(_kratos_add_lwip sources includes)
    if(KRATOS_LWIP_TARGETS)
        add_library(kratos_lwip STATIC EXCLUDE_FROM_ALL "${sources}/lwip/kratos_lwip.c")
        set(scope PUBLIC)
    else()
        add_library(kratos_lwip INTERFACE)
        target_sources(kratos_lwip INTERFACE "${sources}/lwip/kratos_lwip.c")
        set(scope INTERFACE)
    endif()
    target_include_directories(kratos_lwip ${scope} "${includes}")
    target_link_libraries(kratos_lwip ${scope} kratos::core ${KRATOS_LWIP_TARGETS})
    add_library(kratos::lwip ALIAS kratos_lwip)
endfunction()

# What stands behind `#define MBEDTLS_VERSION_STRING` in the headers of a folder; "" where there are none.
function(_kratos_mbedtls_version folder result)
    set(version "")
    foreach(header version.h build_info.h) # up to 2.28, and from 3.0 on
        if(EXISTS "${folder}/mbedtls/${header}")
            file(STRINGS "${folder}/mbedtls/${header}" line REGEX "^#define MBEDTLS_VERSION_STRING +\"")
            if(line MATCHES "\"([0-9.]+)\"")
                set(version "${CMAKE_MATCH_1}")
            endif()
        endif()
    endforeach()
    set(${result} "${version}" PARENT_SCOPE)
endfunction()

# The targets or libraries of Mbed TLS, and the folder of its headers where no target knows it; or why there are none.
macro(_kratos_find_mbedtls)
    set(_kratos_tls "${KRATOS_MBEDTLS_TARGETS}")
    set(_kratos_tls_include "")
    set(_kratos_tls_version 3.6)
    foreach(_kratos_name MbedTLS::mbedtls mbedtls)
        if(NOT _kratos_tls AND TARGET ${_kratos_name})
            set(_kratos_tls ${_kratos_name})
        endif()
    endforeach()
    if(NOT _kratos_tls)
        find_package(MbedTLS CONFIG QUIET)
        if(TARGET MbedTLS::mbedtls)
            set(_kratos_tls MbedTLS::mbedtls)
            set(_kratos_tls_version "${MbedTLS_VERSION}")
        endif()
    endif()
    if(NOT _kratos_tls)
        find_path(KRATOS_MBEDTLS_INCLUDE_DIR mbedtls/ssl.h)
        find_library(KRATOS_MBEDTLS_LIBRARY mbedtls)
        find_library(KRATOS_MBEDX509_LIBRARY mbedx509)
        find_library(KRATOS_MBEDCRYPTO_LIBRARY mbedcrypto)
        mark_as_advanced(KRATOS_MBEDTLS_INCLUDE_DIR
            KRATOS_MBEDTLS_LIBRARY KRATOS_MBEDX509_LIBRARY KRATOS_MBEDCRYPTO_LIBRARY)
        if(KRATOS_MBEDTLS_INCLUDE_DIR
                AND KRATOS_MBEDTLS_LIBRARY AND KRATOS_MBEDX509_LIBRARY AND KRATOS_MBEDCRYPTO_LIBRARY)
            set(_kratos_tls "${KRATOS_MBEDTLS_LIBRARY}" "${KRATOS_MBEDX509_LIBRARY}" "${KRATOS_MBEDCRYPTO_LIBRARY}")
            set(_kratos_tls_include "${KRATOS_MBEDTLS_INCLUDE_DIR}")
            _kratos_mbedtls_version("${KRATOS_MBEDTLS_INCLUDE_DIR}" _kratos_tls_version)
        endif()
    endif()
    set(_kratos_tls_missing "")
    if(NOT _kratos_tls)
        set(_kratos_tls_missing "Mbed TLS was not found")
    elseif(NOT "${_kratos_tls_version}" MATCHES "^3\\.6($|\\.)")
        set(_kratos_tls_missing "the Mbed TLS that was found is ${_kratos_tls_version}, not 3.6")
    endif()
endmacro()

function(_kratos_add_mbedtls sources includes)
    _kratos_find_mbedtls()
    if(_kratos_tls_missing)
        message(STATUS "kratos: no kratos::mbedtls, since ${_kratos_tls_missing} (yours: KRATOS_MBEDTLS_TARGETS)")
        return()
    endif()
    file(GLOB files "${sources}/mbedtls/*.c")
    add_library(kratos_mbedtls STATIC EXCLUDE_FROM_ALL ${files})
    target_include_directories(kratos_mbedtls PUBLIC "${includes}")
    if(_kratos_tls_include)
        target_include_directories(kratos_mbedtls SYSTEM PUBLIC "${_kratos_tls_include}")
    endif()
    if(KRATOS_MBEDTLS_SESSION_SIZE) # a member of struct kratos_mbedtls
        target_compile_definitions(kratos_mbedtls PUBLIC KRATOS_MBEDTLS_SESSION_SIZE=${KRATOS_MBEDTLS_SESSION_SIZE})
    endif()
    target_link_libraries(kratos_mbedtls PUBLIC kratos::core ${_kratos_tls})
    add_library(kratos::mbedtls ALIAS kratos_mbedtls)
endfunction()

# sources: the folder that holds lwip/ and mbedtls/; the other two: where the headers of each are.
function(kratos_add_ports sources lwip_includes mbedtls_includes)
    get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
    if(NOT C IN_LIST languages)
        message(STATUS "kratos: no kratos::lwip and kratos::mbedtls, since the project does not compile C")
        return()
    endif()
    if(NOT TARGET kratos::lwip)
        _kratos_add_lwip("${sources}" "${lwip_includes}")
    endif()
    if(NOT TARGET kratos::mbedtls)
        _kratos_add_mbedtls("${sources}" "${mbedtls_includes}")
    endif()
    foreach(port lwip mbedtls)
        if(TARGET kratos_${port})
            get_target_property(type kratos_${port} TYPE)
            if(type STREQUAL "STATIC_LIBRARY")
                set_target_properties(kratos_${port} PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF)
            endif()
        endif()
    endforeach()
endfunction()
