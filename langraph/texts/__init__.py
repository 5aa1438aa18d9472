"""Every sentence a person reads, in English and in Korean; one file for each room that speaks."""
