/** The classes that are printed in docs/spring-boot.md. */
@NullMarked
package com.example;

import org.jspecify.annotations.NullMarked;
